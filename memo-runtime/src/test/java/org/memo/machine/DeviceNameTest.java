package org.memo.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"auto", "host", "cuda", "cuda:0", "cuda:12"})
  void aNameIsReadAsItIsWritten(String text) {
    assertEquals(text, DeviceName.parse(text).orElseThrow().toString());
  }

  @Test
  void cudaAloneIsOneGpuForEachRank() {
    assertEquals(Optional.of(DeviceName.GPUS), DeviceName.parse("cuda"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999"})
  void anythingElseNamesNoDevice(String text) {
    assertEquals(Optional.empty(), DeviceName.parse(text));
  }
}
