package org.memo.op;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.memo.device.Device;
import org.memo.device.cuda.CudaDevice;

/** The operations of a GPU, or of the CUDA emulation. */
@Tag("cuda")
class CudaOperationsTest {
  private static Device device(long slabBytes, long poolBytes) {
    return CudaDevice.open(0, slabBytes, poolBytes);
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

    /** Tokens of one id are summed in parts, beside each other. */
    @Override
    boolean addsTokensOneByOne() {
      return false;
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
}
