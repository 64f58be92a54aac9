"""Whether the official client knows a form that ours sends: read into its model, and written back as the same JSON."""

import importlib


def _without_nulls(value):
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def differences(model_name, sent):
    """What the model does not take, or gives back in another way; nothing when it is the same."""
    models = importlib.import_module("qdrant_client.http.models")
    model = getattr(models, model_name)
    try:
        read = model.model_validate(sent)
    except ValueError as error:
        return f"{model_name} does not take it: {error}"
    back = _without_nulls(read.model_dump(mode="json", exclude_unset=True, by_alias=True))
    unknown = _unknown_members(sent, back)
    return f"{model_name} does not know {unknown}" if unknown else None


def _unknown_members(sent, back, path=""):
    """Paths of members that were read into nothing. Unions of the model may order and spell values in another way."""
    if isinstance(sent, dict):
        if not isinstance(back, dict):
            return [path]
        found = []
        for key, value in sent.items():
            if value is None:
                continue
            found += [f"{path}.{key}"] if key not in back else _unknown_members(value, back[key], f"{path}.{key}")
        return found
    if isinstance(sent, list):
        if not isinstance(back, list) or len(sent) != len(back):
            return [path]
        return [item for one, other in zip(sent, back) for item in _unknown_members(one, other, f"{path}[]")]
    return []


def grpc_message(model_name, sent):
    """What the official client sends over gRPC for the form; None when it has no such conversion."""
    conversion = importlib.import_module("qdrant_client.conversions.conversion").RestToGrpc
    grpc = importlib.import_module("qdrant_client.grpc")
    model = getattr(importlib.import_module("qdrant_client.http.models"), model_name).model_validate(sent)
    if model_name == "Filter":
        return conversion.convert_filter(model)
    if model_name == "QueryRequest":
        return conversion.convert_query_request(model, "")
    if model_name == "UpdateCollection":
        return conversion.convert_update_collection(model, "")
    if model_name.endswith("AliasOperation"):
        return conversion.convert_alias_operations(model)
    if model_name.endswith("Operation"):
        return conversion.convert_update_operation(model)
    if model_name.endswith("IndexParams"):
        kind = sent["type"]
        params = getattr(conversion, f"convert_{kind}_index_params")(model)
        return grpc.CreateFieldIndexCollection(
            field_name="f", field_type=grpc.FieldType.Value(f"FieldType{kind.capitalize()}"),
            field_index_params=grpc.PayloadIndexParams(**{f"{kind}_index_params": params}))
    return None
