"""The schema of the events topic, compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.terraform.configuration import TERRAFORM


def compiled(folder: Path) -> Any:
    """The message class that the compiler makes of event.proto; its file goes into the folder."""
    target = folder / "event.bin"
    arguments = [f"--proto_path={TERRAFORM}", f"--descriptor_set_out={target}", "event.proto"]
    command = [sys.executable, "-m", "grpc_tools.protoc", *arguments]
    subprocess.run(command, check=True, cwd=TERRAFORM)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("phase4.Event"))
