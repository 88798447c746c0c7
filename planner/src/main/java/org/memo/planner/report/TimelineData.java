package org.memo.planner.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.memo.planner.report.Timeline.HostLevel;
import org.memo.planner.report.Timeline.Lane;

/**
 * The timeline in a page's data, in ticks of a power of ten seconds. A span is: ticks since the end
 * of the span before, ticks that it lasts, index of its name, and then for one operation the index
 * of its kind; for several, minus their number, how many kinds there are, and of each its index and
 * its busy ticks.
 */
final class TimelineData {
  /** A step is at most so many ticks: nothing that a screen shows at any zoom is lost. */
  private static final double MAX_TICKS = 1e9;

  private final JsonGenerator out;
  private final Map<String, Integer> names = new LinkedHashMap<>();
  private double tickSeconds = 1;

  TimelineData(JsonGenerator out) {
    this.out = out;
  }

  void write(Timeline timeline) throws IOException {
    if (timeline.lanes().isEmpty() || timeline.endSeconds() == 0) {
      return;
    }
    tickSeconds = Math.pow(10, Math.ceil(Math.log10(timeline.endSeconds() / MAX_TICKS)));
    out.writeObjectFieldStart("timeline");
    out.writeNumberField("tick", tickSeconds);
    out.writeNumberField("end", ticks(timeline.endSeconds()));
    out.writeNumberField("operations", timeline.operationCount());
    kinds();
    out.writeArrayFieldStart("lanes");
    for (Lane lane : timeline.lanes()) {
      lane(lane);
    }
    out.writeEndArray();
    names();
    hostLevels(timeline);
    out.writeEndObject();
  }

  private void kinds() throws IOException {
    out.writeArrayFieldStart("kinds");
    for (WorkKind kind : WorkKind.values()) {
      out.writeStartArray();
      out.writeString(kind.key());
      out.writeString(kind.label());
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  private void lane(Lane lane) throws IOException {
    out.writeStartArray();
    out.writeString(lane.stream());
    out.writeStartArray();
    long before = 0;
    for (Span span : lane.spans()) {
      long start = ticks(span.startSeconds());
      long end = ticks(span.endSeconds());
      out.writeNumber(start - before);
      out.writeNumber(end - start);
      out.writeNumber(names.computeIfAbsent(span.name(), unused -> names.size()));
      work(span);
      before = end;
    }
    out.writeEndArray();
    out.writeEndArray();
  }

  private void work(Span span) throws IOException {
    if (!span.isSingle()) {
      out.writeNumber(-span.count());
      out.writeNumber(span.busySeconds().size());
    }
    for (WorkKind kind : WorkKind.values()) {
      Double seconds = span.busySeconds().get(kind);
      if (seconds != null) {
        out.writeNumber(kind.ordinal());
        if (!span.isSingle()) {
          out.writeNumber(ticks(seconds));
        }
      }
    }
  }

  private void names() throws IOException {
    out.writeArrayFieldStart("names");
    for (String name : names.keySet()) {
      out.writeString(name);
    }
    out.writeEndArray();
  }

  /** Two numbers for each level: ticks since the one before, and bytes from then on. */
  private void hostLevels(Timeline timeline) throws IOException {
    out.writeArrayFieldStart("host");
    long before = 0;
    for (HostLevel level : timeline.hostLevels()) {
      long now = ticks(level.seconds());
      out.writeNumber(now - before);
      out.writeNumber(level.bytes());
      before = now;
    }
    out.writeEndArray();
  }

  private long ticks(double seconds) {
    return Math.round(seconds / tickSeconds);
  }
}
