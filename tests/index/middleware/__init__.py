"""The middleware, in process, in real servers, and around real indexes."""
