package org.memo.machine;

/**
 * The device that training is tested on: the processor, or what the system property {@code
 * memo.test.device} names, as {@code --device} does. Never whatever happens to be there.
 */
public final class TestDevice {
  private TestDevice() {}

  public static DeviceName name() {
    return DeviceName.parse(System.getProperty("memo.test.device", "host")).orElseThrow();
  }
}
