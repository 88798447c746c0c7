package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.layer.KeptSet;
import org.memo.layer.TokenTile;
import org.memo.memory.ActivationStore;
import org.memo.memory.ActivationSwapper;
import org.memo.memory.RecomputedStore;
import org.memo.memory.ResidentStore;
import org.memo.memory.RoundingBuffers;
import org.memo.memory.SlabAllocator;
import org.memo.memory.WorkspaceStore;
import org.memo.planner.swap.LayerForm;

/**
 * The memory of all layers' skeletal activations: rounding buffers and the pinned pool for what is
 * swapped, own regions for what stays, and the residual stream's gradient.
 */
final class ActivationMemory {
  private static final int WHOLE_LAYER_SLOTS = 2;

  private final SlabAllocator allocator;
  private final StepShape shape;
  private final boolean keepsNorm;
  private final boolean keepsRecomputedTiles;
  private final DeviceRegion gradient;
  private final RoundingBuffers inputs;
  private final RoundingBuffers norms;
  private final RoundingBuffers qkvs;
  private final RoundingBuffers attentions;
  private final RoundingBuffers swappedTiles;
  private final RoundingBuffers recomputedTiles;
  private final List<LayerMemory> layers = new ArrayList<>();

  ActivationMemory(
      Device device,
      SlabAllocator allocator,
      ActivationSwapper swapper,
      StepSettings settings,
      StepShape shape,
      int layerCount) {
    this.allocator = allocator;
    this.shape = shape;
    this.keepsNorm = settings.layout().keptSet() == KeptSet.EVERYTHING;
    this.keepsRecomputedTiles = settings.layout() == ActivationLayout.WHOLE_LAYER;
    List<LayerForm> forms = forms(settings, layerCount);
    long swapped = forms.stream().filter(form -> form == LayerForm.SWAPPED).count();
    long swappedInputs = forms.stream().filter(LayerForm::swapsInput).count();
    long perLayer = shape.swappedTiles();
    Rings rings = new Rings(swapper, device, allocator);
    gradient = allocator.allocate("residual gradient", shape.inputBytes());
    inputs = rings.of("layer input", WHOLE_LAYER_SLOTS, shape.inputBytes(), swappedInputs);
    norms =
        rings.of("attention norm", WHOLE_LAYER_SLOTS, shape.inputBytes(), keepsNorm ? swapped : 0);
    qkvs = rings.of("qkv", WHOLE_LAYER_SLOTS, shape.qkvBytes(), qkvPasses() ? swapped : 0);
    attentions = rings.of("attention", WHOLE_LAYER_SLOTS, shape.attentionBytes(), swapped);
    swappedTiles =
        rings.of(
            "kept tile", settings.tileSlots(), shape.largestKeptBytes(true), swapped * perLayer);
    long recomputed = keepsRecomputedTiles ? shape.tiles().size() - perLayer : 0;
    recomputedTiles =
        rings.of(
            "recomputed tile",
            settings.tileSlots(),
            shape.largestKeptBytes(false),
            swapped * recomputed);
    for (int i = 0; i < layerCount; i++) {
      layers.add(layer("layer " + i, forms.get(i)));
    }
  }

  LayerMemory layer(int index) {
    return layers.get(index);
  }

  /** [T, E]: the last layer's output, then the gradient of the residual stream. */
  DeviceRegion gradient() {
    return gradient;
  }

  /** Whether the attention norm's output is kept. */
  boolean keepsNorm() {
    return keepsNorm;
  }

  private static List<LayerForm> forms(StepSettings settings, int layerCount) {
    List<LayerForm> forms = new ArrayList<>();
    for (int i = 0; i < layerCount; i++) {
      forms.add(settings.form(i, layerCount));
    }
    return forms;
  }

  private record Rings(ActivationSwapper swapper, Device device, SlabAllocator allocator) {
    RoundingBuffers of(String name, int slots, long slotBytes, long users) {
      return new RoundingBuffers(swapper, device, allocator, name, slots, slotBytes, users);
    }
  }

  /** Without a swapped token, queries, keys and values are a temporary of each pass. */
  private boolean qkvPasses() {
    return shape.swappedTokens() > 0 || keepsRecomputedTiles;
  }

  private LayerMemory layer(String name, LayerForm form) {
    ActivationStore input =
        form.swapsInput()
            ? inputs.add(shape.inputBytes())
            : resident(name + " input", shape.inputBytes());
    RecomputedStore workspace = workspace(form);
    return new LayerMemory(
        form,
        input,
        keepsNorm ? norm(name, form) : null,
        qkv(name, form),
        attention(name, form),
        tiles(name, form, workspace),
        workspace);
  }

  private ActivationStore norm(String name, LayerForm form) {
    return switch (form) {
      case RESIDENT -> resident(name + " norm", shape.inputBytes());
      case SWAPPED -> norms.add(shape.swappedBytes(shape.hidden()));
      default -> new RecomputedStore(allocator, "attention norm", shape.inputBytes());
    };
  }

  private ActivationStore qkv(String name, LayerForm form) {
    if (form == LayerForm.RESIDENT) {
      return resident(name + " qkv", shape.qkvBytes());
    }
    return form == LayerForm.SWAPPED && qkvPasses()
        ? qkvs.add(shape.swappedBytes(shape.qkvWidth()))
        : new RecomputedStore(allocator, "qkv", shape.qkvBytes());
  }

  private ActivationStore attention(String name, LayerForm form) {
    return switch (form) {
      case RESIDENT, CHECKPOINTED -> resident(name + " attention", shape.attentionBytes());
      case SWAPPED -> attentions.add(shape.attentionBytes());
      default -> new RecomputedStore(allocator, "attention", shape.attentionBytes());
    };
  }

  private List<ActivationStore> tiles(
      String name, LayerForm form, @Nullable RecomputedStore workspace) {
    if (form == LayerForm.RESIDENT) {
      return residentTiles(resident(name + " kept tiles", shape.keptBytes()).region());
    }
    List<ActivationStore> stores = new ArrayList<>();
    for (TokenTile tile : shape.tiles()) {
      if (form == LayerForm.SWAPPED && tile.swapped()) {
        stores.add(swappedTiles.add(tile.bytes(shape.keptWidth(), shape.type())));
      } else if (workspace == null) {
        stores.add(recomputedTiles.add(0));
      } else {
        stores.add(new WorkspaceStore(workspace));
      }
    }
    return stores;
  }

  private List<ActivationStore> residentTiles(DeviceRegion memory) {
    List<ActivationStore> stores = new ArrayList<>();
    for (TokenTile tile : shape.tiles()) {
      stores.add(new ResidentStore(tile.rows(memory, shape.keptWidth(), shape.type())));
    }
    return stores;
  }

  /** Memory of a pass for the tiles that are computed again, one after another. */
  private @Nullable RecomputedStore workspace(LayerForm form) {
    long bytes = shape.largestKeptBytes(false);
    if (form != LayerForm.SWAPPED) {
      bytes = Math.max(bytes, shape.largestKeptBytes(true));
    }
    boolean none =
        form == LayerForm.RESIDENT
            || bytes == 0
            || form == LayerForm.SWAPPED && keepsRecomputedTiles;
    return none ? null : new RecomputedStore(allocator, "recomputed tile", bytes);
  }

  private ResidentStore resident(String name, long bytes) {
    return new ResidentStore(allocator.allocate(name, bytes));
  }
}
