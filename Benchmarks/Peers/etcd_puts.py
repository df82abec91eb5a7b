"""Puts to etcd with Python's gRPC, as a peer of the Swift client. Prints one line of JSON.

usage: etcd_puts.py sequential|concurrent PORT COUNT

The request is encoded by hand, once: what protobuf costs in Python is not counted against this peer.
"""

import asyncio
import json
import resource
import sys
import time

import grpc

METHOD = "/etcdserverpb.KV/Put"
KEY = b"benchmark/key"
VALUE = b"v" * 256
# Field 1 the key, field 2 the value with its length of two bytes.
REQUEST = b"\x0a" + bytes([len(KEY)]) + KEY + b"\x12\x80\x02" + VALUE
STREAMS = 100


def same(message):
    return message


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def sequential(port, count):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        put = channel.unary_unary(METHOD, request_serializer=same, response_deserializer=same)
        for _ in range(count // 10):
            put(REQUEST, timeout=10)
        times = []
        cpu_before = cpu()
        for _ in range(count):
            start = time.perf_counter()
            put(REQUEST, timeout=10)
            times.append(time.perf_counter() - start)
        return times, sum(times), cpu() - cpu_before


async def concurrent(port, count):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        put = channel.unary_unary(METHOD, request_serializer=same, response_deserializer=same)
        times = []

        async def stream(puts):
            for _ in range(puts):
                start = time.perf_counter()
                await put(REQUEST, timeout=10)
                times.append(time.perf_counter() - start)

        await asyncio.gather(*(stream(count // STREAMS // 10) for _ in range(STREAMS)))
        times.clear()
        cpu_before = cpu()
        start = time.perf_counter()
        await asyncio.gather(*(stream(count // STREAMS) for _ in range(STREAMS)))
        return times, time.perf_counter() - start, cpu() - cpu_before


mode, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if mode == "sequential":
    times, seconds, cpu_seconds = sequential(port, count)
else:
    times, seconds, cpu_seconds = asyncio.run(concurrent(port, count))
times.sort()
print(
    json.dumps(
        {
            "calls": len(times),
            "seconds": seconds,
            "cpuSeconds": cpu_seconds,
            "mean": sum(times) / len(times),
            "p50": times[len(times) // 2],
            "p99": times[len(times) * 99 // 100],
        }
    )
)
