"""Tệp từ ngoài vào: files that officers bring from Word and Excel, none of which is trusted."""
