"""How long texts and addresses are kept, and what keeps them longer."""
