"""The contract as tests: subclass `ConnectorConformance` and give it a `harness` fixture.

    class TestMyPlatform(ConnectorConformance):
        @pytest.fixture
        def harness(self): ...

The suite asks the *platform* what is public, never the connector alone. Troubles a harness cannot make and
extras a connector does not have are skipped by its own declaration. A test uses a fresh job; a `connector()`
stands for a restarted process. A harness may also have `twin(job)`: another delivery that says word for word
the same.
"""

from connectors.conformance.comments import CommentsConformance
from connectors.conformance.core import CoreConformance
from connectors.conformance.extras import ExtrasConformance
from connectors.conformance.harness import Crash, Harness, Step, Trouble

__all__ = ["ConnectorConformance", "Crash", "Harness", "Step", "Trouble"]


class ConnectorConformance(CoreConformance, ExtrasConformance, CommentsConformance):
    """The whole suite."""
