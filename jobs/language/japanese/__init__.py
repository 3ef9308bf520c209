"""The Japanese of the sentences and codes that kigen keeps in English: looked up when one is shown, never before."""
