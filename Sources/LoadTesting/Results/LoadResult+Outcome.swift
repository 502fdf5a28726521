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

  /// The share of offered requests that were answered well within a time, to the histogram's relative error. Answers
  /// with an error status are left out by their own histograms; timeouts took the whole timeout.
  public func shareAnswered(within limit: Duration) -> Double {
    guard offered > 0 else { return 1 }
    let failed = latencyByStatus.filter { $0.key >= 400 }.reduce(0) { $0 + $1.value.count(within: limit.seconds) }
    let within = min(ok, latency.count(within: limit.seconds) - failed)
    return min(1, Double(max(0, within)) / Double(offered))
  }
}
