"""HTTP as the kernel draws it: envelope, errors, paging, preconditions, base views."""
