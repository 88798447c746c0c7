package org.memo.planner.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.memo.planner.report.PlanView.Total;

/** The JSON that a page draws, to be put between two script tags. */
final class PlanData {
  private final JsonGenerator out;

  private PlanData(JsonGenerator out) {
    this.out = out;
  }

  static String json(PlanView view) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      new PlanData(out).write(view);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // A "<" is only ever part of a string: with it a name could end the script.
    return text.toString().replace("<", "\\u003c");
  }

  private void write(PlanView view) throws IOException {
    out.writeStartObject();
    out.writeStringField("title", view.title());
    out.writeStringField("subtitle", view.subtitle());
    totals("headlines", view.headlines());
    totals("totals", view.totals());
    if (view.ranks().ranks() > 1) {
      ranks(view.ranks());
    }
    out.writeArrayFieldStart("budgets");
    budget(view.device());
    budget(view.host());
    out.writeEndArray();
    new SlabData(out).write(view.memory(), view.passes());
    new TimelineData(out).write(view.timeline());
    out.writeEndObject();
  }

  private void totals(String name, List<Total> totals) throws IOException {
    out.writeArrayFieldStart(name);
    for (Total total : totals) {
      out.writeStartArray();
      out.writeString(total.label());
      out.writeString(total.value());
      out.writeString(total.hint());
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  private void ranks(RankGrid ranks) throws IOException {
    out.writeObjectFieldStart("ranks");
    out.writeNumberField("groups", ranks.groups());
    out.writeNumberField("places", ranks.places());
    out.writeNumberField("placeRanks", ranks.placeRanks());
    out.writeNumberField("nodeRanks", ranks.nodeRanks());
    out.writeStringField("text", ranks.text());
    out.writeEndObject();
  }

  private void budget(Budget budget) throws IOException {
    out.writeStartArray();
    out.writeString(budget.name());
    out.writeNumber(budget.usedBytes());
    out.writeNumber(budget.availableBytes());
    out.writeEndArray();
  }
}
