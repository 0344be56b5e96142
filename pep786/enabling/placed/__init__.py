"""What ``pep786 enable`` writes into other environments: read as text, never imported from here."""
