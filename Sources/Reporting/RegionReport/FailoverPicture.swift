import Planning
import Quantities
import Simulating

/// A failover's timeline as a picture: what is asked and what is answered, each phase's end marked.
struct FailoverPicture {
  let failover: Failover

  init(_ failover: Failover) { self.failover = failover }

  /// A point every second is more than a page shows: the extremes of each bin stay.
  static func points(_ values: [Double]) -> [(x: Double, y: Double)] {
    let bin = max(1, values.count / 600)
    return stride(from: 0, to: values.count, by: bin).flatMap { i -> [(x: Double, y: Double)] in
      let part = values[i..<min(values.count, i + bin)]
      let (low, high) = (part.min() ?? 0, part.max() ?? 0)
      let x = Double(i)
      return low == high ? [(x, low)] : [(x, high), (x + Double(bin) / 2, low)]
    }
  }

  var traffic: PlotChart {
    let timeline = failover.timeline
    var chart = PlotChart(
      title: "Requests offered and served",
      description: "First attempts, answers in time, and what is lost each second.",
      series: [
        .init("offered", Self.points(timeline.offered), .demand),
        .init("served", Self.points(timeline.served), .capacity), .init("lost", Self.points(timeline.lost), .fails),
      ], unit: .requestsPerSecond, xName: "from two minutes before",
      ticks: PlotChart.elapsed(to: Double(timeline.offered.count)))
    chart.places = marks
    return chart
  }

  /// From when each phase lasts, and how long.
  var phases: [[String]] {
    var at = 0.0
    return failover.terms.map { term in
      defer { at += term.seconds }
      // What is not recovered from drains nothing.
      let isHeld = failover.recoverySeconds == nil && term == failover.terms.last
      let phase = isHeld ? "the objective stays missed, to the end" : FailoverWords.phase(term.kind)
      return ["+" + FailoverReport.span(at), phase, FailoverReport.span(term.seconds)]
    }
  }

  /// The incident, and the end of each phase that can be told from the one before.
  private var marks: [PlotChart.Mark] {
    let timeline = failover.timeline
    let begin = failover.incident.start - timeline.from
    let apart = 0.04 * Double(timeline.offered.count)
    var marks = [PlotChart.Mark(begin, "fails")]
    var at = begin
    var last = begin
    for (i, term) in failover.terms.enumerated() {
      at += term.seconds
      let isEnd = i == failover.terms.count - 1
      if isEnd, failover.recoverySeconds == nil { continue }
      guard at - last >= apart || isEnd else { continue }
      marks.append(PlotChart.Mark(at, isEnd ? "recovered" : FailoverWords.end(term.kind)))
      last = at
    }
    return marks
  }
}

extension FailoverWords {
  /// What is so when a phase is over.
  static func end(_ kind: Failover.Term.Kind) -> String {
    switch kind {
    case .detect: "seen"
    case .decide: "decided"
    case .route: "led away"
    case .scale: "capacity stands"
    case .warm: "caches warm"
    case .drain: "recovered"
    }
  }
}
