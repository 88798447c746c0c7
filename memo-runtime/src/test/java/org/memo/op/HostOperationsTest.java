package org.memo.op;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.bindings.kernels.Kernels;
import org.memo.device.Device;
import org.memo.device.host.HostDevice;

/** The host's operations, with every instruction set that the machine has. */
@Isolated("the instruction set is the whole process's")
@ParameterizedClass(name = "{0}")
@MethodSource("hosts")
class HostOperationsTest {
  /** One, as many as small machines have, and more, of which some find no work. */
  private static final int[] THREADS = {1, 2, 5};

  @Parameter Host host;

  private String isaBefore;

  record Host(String isa, int threads) {
    @Override
    public String toString() {
      return isa + ", threads " + threads;
    }
  }

  static List<Host> hosts() {
    List<Host> hosts = new ArrayList<>();
    for (String isa : InstructionSets.ofThisMachine()) {
      for (int threads : THREADS) {
        hosts.add(new Host(isa, threads));
      }
    }
    return hosts;
  }

  @BeforeEach
  void useTheInstructionSet() {
    isaBefore = Kernels.isa();
    Kernels.useIsa(host.isa());
  }

  @AfterEach
  void restoreTheInstructionSet() {
    Kernels.useIsa(isaBefore);
  }

  private Device device(long slabBytes, long poolBytes) {
    return new HostDevice(slabBytes, poolBytes, host.threads());
  }

  @Nested
  class Norms extends NormContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Elementwise extends ElementwiseContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Activations extends ActivationContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Rotaries extends RotaryContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Embeddings extends EmbeddingContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Attentions extends AttentionContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class RingAttentions extends RingAttentionContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Columns extends ColumnsContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Losses extends LossContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Optimizers extends OptimizerContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Products extends ProductContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }

  @Nested
  class Copies extends CopyContract {
    @Override
    Device open(long slabBytes, long poolBytes) {
      return device(slabBytes, poolBytes);
    }
  }
}
