package org.memo.benchmark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.memo.machine.DeviceName;
import org.memo.machine.LocalDevices;

/** The machines of this JVM by their devices' names, so that their limits are measured once. */
final class Machines {
  private static final Map<String, Machine> ALL = new ConcurrentHashMap<>();

  private Machines() {}

  /**
   * @throws IllegalArgumentException when there is no such name
   * @throws org.memo.bindings.MissingLibraryException when there is no such GPU
   */
  static Machine of(String device) {
    return ALL.computeIfAbsent(device, Machines::open);
  }

  private static Machine open(String text) {
    DeviceName name =
        DeviceName.parse(text)
            .filter(parsed -> parsed.kind() != DeviceName.Kind.AUTO)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "device is %s, it may be host, cuda or cuda:N".formatted(text)));
    return name.kind() == DeviceName.Kind.HOST
        ? new HostMachine()
        : new GpuMachine(LocalDevices.find(name, 1));
  }
}
