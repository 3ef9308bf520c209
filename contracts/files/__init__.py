"""CSV and XLSX into rows of the book and of the catalogue."""
