import Quantities
import Serving

extension LoadResult {
  /// What came of the test, in the words that the simulator answers with: second by second, warm-up included in the
  /// timeline and left out of the totals.
  ///
  /// What cannot be seen from outside the service (its replicas, their capacity and utilization) is NaN in the timeline
  /// and zero in the totals. Requests that failed, timed out or never got a connection are unserved.
  /// - Parameters:
  ///   - start: when the first request was due.
  ///   - objective: whose latency bounds are counted: by the histogram, to its relative error.
  public func outcome(from start: Timestamp, objective: Objective = Objective()) -> Outcome {
    var totals = Outcome.Totals()
    totals.offered = Count(rawValue: Double(offered))
    totals.served = Count(rawValue: Double(ok))
    totals.unserved = Count(rawValue: Double(errors.total + dropped))
    totals.waiting = Count(rawValue: Double(unfinished))
    // What a request spent before it was sent is the only wait that is seen from here.
    totals.queuedSeconds = max(
      0, (latency.mean ?? 0) * Double(latency.count) - (service.mean ?? 0) * Double(service.count))
    totals.attainments = objective.latency.map { bound in
      Outcome.Attainment(
        bound: bound, share: Fraction(rawValue: shareAnswered(within: bound.limit)), includesService: true)
    }
    var timeline = Timeline(start: start, step: .seconds(1))
    for second in self.timeline {
      let unserved = Double(max(0, second.errors))
      timeline.demandMean.append(Double(second.offered))
      timeline.demandMax.append(Double(second.offered))
      timeline.unserved.append(unserved)
      timeline.queue.append(Double(second.inFlight))
      timeline.p99Max.append(second.p99 ?? .nan)
      for column in [\Timeline.capacityMin, \.ready, \.starting, \.desired, \.utilizationMax] {
        timeline[keyPath: column].append(.nan)
      }
    }
    return Outcome(
      start: start, duration: .seconds(Double(self.timeline.count)), tick: .seconds(1), totals: totals,
      timeline: timeline, worst: nil, actions: [])
  }

  /// The share of offered requests that were answered well within a time. The histogram knows the times of whole
  /// responses and of timeouts: those that failed are taken off it, the slow ones first, because timeouts are slow.
  public func shareAnswered(within limit: Duration) -> Double {
    guard offered > 0 else { return 1 }
    let nanoseconds = limit.seconds * 1e9
    var within = 0
    let first = latency.histogram.lowestExponent * latency.histogram.cells
    for (i, count) in latency.histogram.counts.enumerated() where count > 0 {
      let cell = first + i
      guard cell >= 0, LatencyRecorder.middle(ofCell: cell) <= nanoseconds else { break }
      within += Int(count)
    }
    // Error responses are often fast; by status they are known, where they were few kinds.
    var failed = 0
    for (status, spectrum) in latencyByStatus where status >= 400 {
      let lowest = spectrum.histogram.lowestExponent * spectrum.histogram.cells
      for (i, count) in spectrum.histogram.counts.enumerated() where count > 0 {
        let cell = lowest + i
        guard cell >= 0, LatencyRecorder.middle(ofCell: cell) <= nanoseconds else { break }
        failed += Int(count)
      }
    }
    return min(1, Double(max(0, within - failed)) / Double(offered))
  }
}
