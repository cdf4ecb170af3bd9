"""Makes golden.json: names the reference gives to uploads of generated content.

Needs opentelemetry-util-genai==0.4b0 and fsspec. Floats travel as their bits, since not every reader rounds alike.
"""

import json
import random
import struct
from pathlib import Path

from opentelemetry.util.genai import types
from opentelemetry.util.genai._upload.completion_hook import UploadCompletionHook, hash_tool_definitions

RANDOM = random.Random(20261125)
CHARS = ["a", "Z", "0", " ", '"', "\\", "/", "\n", "\r", "\t", "\b", "\f", "\x00", "\x1f", "\x7f", "\x80", "\xa0", "é", "ß",
         "\u2028", "\u2029", "\ufeff", "\uffff", "日", "😀", "\U0010ffff", "'", "<", "{", "}"]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 1e-4, 9.999e-5, 1e-5, 1e-7, 1.5e-7, 1e15, 1e16, 123456789012345680.0, 1e17, 1e21, 1e22, 1e23,
          1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 9007199254740993.0, 9999999999999998.0, 1e100, 1e-100, 0.3,
          2.0**53, 2.0**63, 2.0**64, 0.7, 1 / 3, 1234.5, 1.0000000000000002]
INTS = [0, -1, 1, 2**31, -2**31, 2**53, 2**63 - 1, -2**63, 2**63, 2**64 - 1]


def text(longest=12):
    return "".join(RANDOM.choice(CHARS) for _ in range(RANDOM.randrange(longest)))


def number():
    if RANDOM.random() < 0.3:
        while True:
            value = struct.unpack("<d", RANDOM.randbytes(8))[0]
            if value == value and value not in (float("inf"), float("-inf")):
                return value
    return RANDOM.choice(FLOATS + INTS)


def value(depth):
    kind = RANDOM.randrange(7 if depth else 5)
    if kind == 0:
        return None
    if kind == 1:
        return RANDOM.random() < 0.5
    if kind in (2, 3):
        return number()
    if kind == 4:
        return text()
    if kind == 5:
        return [value(depth - 1) for _ in range(RANDOM.randrange(4))]
    return {text(): value(depth - 1) for _ in range(RANDOM.randrange(5))}


def portable(item):
    if isinstance(item, float):
        return {"$float": struct.pack(">d", item).hex()}
    if isinstance(item, list):
        return [portable(i) for i in item]
    if isinstance(item, dict):
        return {key: portable(i) for key, i in item.items()}
    return item


def tool():
    if RANDOM.random() < 0.2:
        return types.GenericToolDefinition(name=text(), type=text())
    parameters = RANDOM.choice([None, {text(): value(3) for _ in range(RANDOM.randrange(6))}, value(3)])
    return types.FunctionToolDefinition(name=text(), description=RANDOM.choice([None, text()]), parameters=parameters)


def name(hook, path):
    return path.rsplit("/", 1)[1]


def main():
    hook = UploadCompletionHook(base_path="memory://golden", upload_format="json")
    cases = []
    for _ in range(150):
        tools = [tool() for _ in range(RANDOM.randrange(1, 4))]
        assert hash_tool_definitions(tools)
        system = [types.Text(content=text(20)) for _ in range(RANDOM.randrange(1, 4))]
        refs = hook._calculate_ref_path(system, tools)
        cases.append({
            "system": [part.content for part in system],
            "system_name": name(hook, refs.system_instruction_ref),
            "tools": [{"name": t.name, "type": t.type, "description": getattr(t, "description", None),
                       "parameters": portable(getattr(t, "parameters", None))} for t in tools],
            "tools_name": name(hook, refs.tool_definitions_ref),
        })
    floats = [number() for _ in range(500)] + FLOATS
    floats = [[struct.pack(">d", f).hex(), json.dumps(f)] for f in floats if isinstance(f, float)]
    lines = ",\n".join(json.dumps(case) for case in cases)
    Path(__file__).with_name("golden.json").write_text(
        '{"cases": [\n' + lines + '\n],\n"floats": ' + json.dumps(floats) + "}\n")


main()
