"""What uv printed: a compiled file, a refusal, a log of its search."""

from __future__ import annotations

PINS = """\
hydra-core==1.3.8         # via lab
    # from https://user:secret@index.example/simple
lab[sim]==2.3             # via -r requirements.txt
    # from https://index.example/whl/cu130
newton[sim, x]==1.6.1     # via hydra-core, lab
-e ./proj                 # via -r requirements.txt
direct @ https://files.example/direct-1.0-py3-none-any.whl  # via -r requirements.txt
own==1.0+cu130
"""

NEW_STYLE = """\
error: No solution found when resolving dependencies
  cause: Because flatdict==4.0.0 has no usable wheels and lab==2.3 depends on flatdict==4.0.0, we can conclude that
         lab==2.3 cannot be used.
         And because you require lab==2.3, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for `other` because building from source is disabled (i.e., with `--no-build`)
"""

LOG = """\
DEBUG Adding direct dependency: lab>=2.3, <2.3+
DEBUG Searching for a compatible version of lab (>=2.3, <2.3+)
DEBUG Selecting: lab==2.3 [compatible] (lab-2.3-py3-none-any.whl)
DEBUG Adding transitive dependency for lab==2.3: hydra-core*
DEBUG Adding transitive dependency for lab==2.3: accelerate>=3.1.0
DEBUG Searching for a compatible version of hydra-core (*)
DEBUG Selecting: hydra-core==1.3.8 [compatible] (hydra_core-1.3.8-py3-none-any.whl)
DEBUG Adding transitive dependency for hydra-core==1.3.8: antlr4-python3-runtime>=4.9.dev0, <4.10.dev0
DEBUG Searching for a compatible version of antlr4-python3-runtime (>=4.9.dev0, <4.10.dev0)
DEBUG Searching for a compatible version of antlr4-python3-runtime (>=4.9.dev0, <=4.9.2)
DEBUG Searching for a compatible version of hydra-core (<=1.3.7 | >=1.4.0.dev1)
DEBUG Selecting: hydra-core==0.11.3 [compatible] (hydra_core-0.11.3-py3-none-any.whl)
DEBUG Searching for a compatible version of accelerate (>=3.1.0)
DEBUG Searching for a compatible version of accelerate (>=3.1.0, <=3.1.9 | >=4.0.0a1)
DEBUG Selecting: accelerate==4.0.0a8 [compatible] (accelerate-4.0.0a8-cp312-cp312-manylinux_2_28_aarch64.whl)
DEBUG something else
"""
