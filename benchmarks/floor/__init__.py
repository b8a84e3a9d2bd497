"""The framework's own floor: a table like the projects' one, a ModelSerializer and a view, and nothing else.

Two sets of settings: `bare` has no middleware and no authentication at all, `startproject` has what Django's
`startproject` and DRF's defaults bring. Both use the pool, server and threads of the studio.
"""
