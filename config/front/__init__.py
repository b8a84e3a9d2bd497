"""The front: the first page, the root of the API, and the browser's sign-in."""
