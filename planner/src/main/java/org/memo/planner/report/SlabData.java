package org.memo.planner.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedSection;
import org.memo.planner.PlannedTensor;

/**
 * The slab in a page's data. What tensors have in common is written once: {@code what} holds name,
 * kind and bytes, and {@code tensors} four numbers for each tensor, which are the index in {@code
 * what}, requests since the tensor before was allocated, requests that it lives, offset in bytes.
 */
final class SlabData {
  private final JsonGenerator out;
  private final Map<What, Integer> indices = new LinkedHashMap<>();

  private record What(String name, TensorKind kind, long sizeBytes) {}

  SlabData(JsonGenerator out) {
    this.out = out;
  }

  void write(MemoryPlan plan, List<LayerPass> passes) throws IOException {
    out.writeObjectFieldStart("slab");
    out.writeNumberField("bytes", plan.slabBytes());
    kinds();
    sections(plan);
    passes(passes);
    tensors(plan);
    what();
    peak(PeakUse.of(plan));
    out.writeEndObject();
  }

  private void kinds() throws IOException {
    out.writeArrayFieldStart("kinds");
    for (TensorKind kind : TensorKind.values()) {
      out.writeStartArray();
      out.writeString(kind.key());
      out.writeString(kind.label());
      out.writeString(kind.hint());
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  /** Name and first request of each section that has tensors. */
  private void sections(MemoryPlan plan) throws IOException {
    out.writeArrayFieldStart("sections");
    for (PlannedSection section : plan.sections()) {
      if (!section.tensors().isEmpty()) {
        out.writeStartArray();
        out.writeString(section.name());
        out.writeNumber(section.tensors().getFirst().lower());
        out.writeEndArray();
      }
    }
    out.writeEndArray();
  }

  private void passes(List<LayerPass> passes) throws IOException {
    out.writeArrayFieldStart("passes");
    for (LayerPass pass : passes) {
      out.writeStartArray();
      out.writeString(pass.direction());
      out.writeNumber(pass.layer());
      out.writeString(pass.form());
      out.writeNumber(pass.lower());
      out.writeNumber(pass.upper());
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  private void tensors(MemoryPlan plan) throws IOException {
    out.writeArrayFieldStart("tensors");
    long before = 0;
    for (PlannedSection section : plan.sections()) {
      for (PlannedTensor tensor : section.tensors()) {
        out.writeNumber(index(section, tensor));
        out.writeNumber(tensor.lower() - before);
        out.writeNumber(tensor.upper() - tensor.lower());
        out.writeNumber(tensor.offsetBytes());
        before = tensor.lower();
      }
    }
    out.writeEndArray();
  }

  private int index(PlannedSection section, PlannedTensor tensor) {
    TensorKind kind = TensorKind.of(section.name(), tensor.name());
    What what = new What(tensor.name(), kind, tensor.sizeBytes());
    return indices.computeIfAbsent(what, unused -> indices.size());
  }

  private void what() throws IOException {
    out.writeArrayFieldStart("what");
    for (What what : indices.keySet()) {
      out.writeStartArray();
      out.writeString(what.name());
      out.writeNumber(what.kind().ordinal());
      out.writeNumber(what.sizeBytes());
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  /** The fullest request, and the bytes of each kind then. */
  private void peak(PeakUse peak) throws IOException {
    out.writeNumberField("peakRequest", peak.request());
    out.writeArrayFieldStart("peakBytes");
    for (TensorKind kind : TensorKind.values()) {
      out.writeNumber(peak.bytes().getOrDefault(kind, 0L));
    }
    out.writeEndArray();
  }
}
