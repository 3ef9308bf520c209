"""config.toml, the environment and secrets into settings."""
