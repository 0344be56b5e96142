"""The rules on the engines that they are printed for."""
