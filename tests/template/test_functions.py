"""Functions: settings, size, layers, concurrency, deployment."""

from collections.abc import Iterator, Mapping

import pytest

from local.template.read import read_template
from tests.template.document import GLOBALS, NONE, ROOT, VARIABLES, either, functions, of_type, template
from visage.gallery.index import container_cache
from visage.gallery.index.segments import FACE_BYTES
from visage.gallery.upkeep import purge
from visage.media import decode, limits, sources
from visage.settings import Settings


class _Recorder(Mapping[str, str]):
    """An environment in which every variable exists, which records what was read."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return "1"

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def test_the_functions_get_every_setting_and_no_other() -> None:
    recorder = _Recorder()
    Settings.read(recorder)
    # The folder of the models is a fact of the layer, and Lambda itself tells how much memory there is.
    facts = {"VISAGE_MODELS", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
    own = {name for function in functions().values() for name in function.get("Environment", {}).get("Variables", {})}
    assert {name for name in own | set(VARIABLES) if name.startswith("VISAGE_")} == recorder.read - facts


@pytest.mark.parametrize("function", functions())
def test_every_handler_is_where_the_template_says(function: str) -> None:
    module, _, attribute = functions()[function]["Handler"].rpartition(".")
    source = (ROOT / GLOBALS["CodeUri"] / module.replace(".", "/")).with_suffix(".py").read_text()
    assert f"def {attribute}(" in source or f"\n{attribute} = " in source


def test_functions_run_on_one_processor_within_ten_seconds() -> None:
    assert (GLOBALS["Runtime"], GLOBALS["MemorySize"], GLOBALS["Timeout"]) == ("python3.13", 1769, 10)
    assert GLOBALS["Tracing"] == "Active"
    assert template()["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64", "arm64"]


def test_layers_are_built_for_the_functions_processor() -> None:
    layers = of_type("AWS::Serverless::LayerVersion")
    for name, layer in layers.items():
        metadata = template()["Resources"][name]["Metadata"]
        assert metadata == {"BuildMethod": "makefile", "BuildArchitecture": {"Ref": "Architecture"}}
        assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}] == GLOBALS["Architectures"]


def test_a_file_being_written_to_a_snapshot_is_not_purged() -> None:
    assert purge._GRACE >= 2 * max(function.get("Timeout", 10) for function in functions().values())


@pytest.mark.parametrize("function", functions())
def test_only_functions_that_look_at_pixels_have_the_models(function: str) -> None:
    layers = [layer["Ref"] for layer in GLOBALS["Layers"] + functions()[function].get("Layers", [])]
    assert layers[:2] == ["RuntimeLayer", "VisageLayer"]
    seeing = {
        *("RpcFunction", "CompareFacesFunction", "DetectFaceFunction", "DetectFaceAttributesFunction"),
        *("AddFacesFunction", "SearchPersonFunction", "ScanImageFunction", "RunScanFunction", "OnUploadFunction"),
        "VerifyLivenessFunction",
    }
    assert ("ModelsLayer" in layers) == (function in seeing)


@pytest.mark.parametrize(("given", "reserved"), [({}, None), ({"DropConcurrency": "5"}, 5)])
def test_drops_can_be_bound_to_a_share_of_the_accounts_concurrency(given: dict[str, str], reserved: int | None) -> None:
    assert read_template(ROOT / "template.yaml", given).functions["OnUploadFunction"].reserved == reserved
    shares = {name for name, function in functions().items() if "ReservedConcurrentExecutions" in function}
    assert shares == {"OnUploadFunction"}


def test_a_function_has_room_for_its_groups_beside_the_largest_images() -> None:
    fetched = sources._AT_ONCE * limits.GREEN.bytes
    assert container_cache._RESERVED * 2**20 >= fetched + decode._MEMORY + 330 * 2**20
    room = (GLOBALS["MemorySize"] - container_cache._RESERVED) * 2**20
    assert room > 1.2 * FACE_BYTES * template()["Parameters"]["VectorsFrom"]["Default"]


def test_a_deployment_is_rolled_back_by_an_alarm() -> None:
    assert GLOBALS["AutoPublishAlias"] == "live" and GLOBALS["AutoPublishAliasAllProperties"]
    preference = GLOBALS["DeploymentPreference"]
    assert preference["Type"] == {"Ref": "Rollout"}
    alarms = [alarm["Ref"] for alarm in preference["Alarms"]]
    assert alarms == ["ErrorRatio", "Unanswered", "FunctionErrors"]
    assert set(alarms) <= set(of_type("AWS::CloudWatch::Alarm"))


def test_the_functions_called_most_can_be_kept_ready() -> None:
    ready = {name for name, function in functions().items() if "ProvisionedConcurrencyConfig" in function}
    assert ready == {"RpcFunction", "DetectFaceFunction", "SearchPersonFunction", "ScanImageFunction"}
    for name in ready:
        wanted = {"ProvisionedConcurrentExecutions": {"Ref": "KeepWarm"}}
        assert functions()[name]["ProvisionedConcurrencyConfig"] == either("KeepsWarm", wanted, NONE)
