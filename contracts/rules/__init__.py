"""The guide's dates: pure rules of terms, seats and what is remarked on."""
