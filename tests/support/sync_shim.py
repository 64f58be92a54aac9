"""A library, compiled here and preloaded into a server, that counts, delays or stops its fdatasyncs."""

import mmap
import os
import pathlib
import struct
import subprocess

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static _Atomic long* count;
static long delay_us;
static const char* gate;
static int (*real)(int);
__attribute__((constructor)) static void begin(void) {
  real = dlsym(RTLD_NEXT, "fdatasync");
  int file = open(getenv("SYNC_COUNT"), O_RDWR);
  count = mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  delay_us = atol(getenv("SYNC_DELAY_US"));
  gate = getenv("SYNC_GATE");
}
int fdatasync(int file) {
  atomic_fetch_add(count, 1);
  while (access(gate, F_OK) == 0) usleep(1000);
  if (delay_us > 0) usleep(delay_us);
  return real(file);
}
"""


class SyncShim:
    """@param folder for the library and its files. @param delay_ms that every fdatasync takes longer."""

    def __init__(self, folder, delay_ms=0.0):
        self._folder = pathlib.Path(folder)
        self._delay_ms = delay_ms
        self._library = self._folder / "sync_shim.so"
        self._gate = self._folder / "gate"
        source = self._folder / "sync_shim.c"
        source.write_text(SOURCE)
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-o", self._library, source, "-ldl"],
                       check=True)
        self._file = open(self._folder / "count", "w+b")
        self._file.truncate(8)
        self._count = mmap.mmap(self._file.fileno(), 8)

    def environment(self):
        """For the server."""
        return {"LD_PRELOAD": str(self._library), "SYNC_COUNT": str(self._folder / "count"),
                "SYNC_DELAY_US": str(int(self._delay_ms * 1000)), "SYNC_GATE": str(self._gate)}

    def count(self):
        """fdatasyncs so far, those that have not ended included."""
        return struct.unpack("q", self._count[:8])[0]

    def stop_disk(self):
        self._gate.touch()

    def go_on(self):
        self._gate.unlink(missing_ok=True)
