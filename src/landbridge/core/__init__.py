"""Pure core: how an action is declared, how documents become node objects, how plans are made.

Names to know: `Action` (api.py), `Service`, `Tx`, `Projection` (service.py), `plan` (plan.py).
"""
