# A model stands after those that it inherits from.
# isort: off
from . import mixins, project, task, trigger, job, queue, log, link, overrides
