"""What tool authors adopt natively, and the page that tells them how."""
