import Quantities
import Serving

extension LoadResult {
  /// What came of the test, in the words that the simulator answers with: second by second, warm-up included in the
  /// timeline and left out of the totals.
  ///
  /// What cannot be seen from outside the service (its replicas, their capacity and utilization, the fleet) is NaN in the
  /// timeline and nil in the records. Requests that failed, timed out or never got a connection are unserved.
  /// - Parameters:
  ///   - start: when the first request was due.
  ///   - objective: whose latency bounds are counted: by the histogram, to its relative error.
  public func outcome(from start: Timestamp, objective: Objective = Objective()) -> Outcome {
    var record = ServiceRecord()
    record.offered = Count(rawValue: Double(offered))
    record.served = Count(rawValue: Double(ok))
    record.unserved = Count(rawValue: Double(errors.total + dropped))
    record.waiting = Count(rawValue: Double(unfinished))
    // What a request spent before it was sent is the only wait that is seen from here.
    record.queuedSeconds = max(
      0, (latency.mean ?? 0) * Double(latency.count) - (service.mean ?? 0) * Double(service.count))
    record.attainments = objective.latency.compactMap { bound in
      share(of: bound).map { Outcome.Attainment(bound: bound, share: Fraction(rawValue: $0), includesService: true) }
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
      start: start, duration: .seconds(Double(self.timeline.count)), tick: .seconds(1), service: record,
      timeline: timeline)
  }

  /// The times that were measured of a metric; nil where it was not.
  public func spectrum(of metric: ServiceMetric) -> LatencySpectrum? {
    switch metric {
    case .response: latency
    case .firstToken: streams?.timeToFirstToken
    case .perToken: streams?.timePerOutputToken
    case .betweenTokens: streams?.interTokenLatency
    case .wait, .errors, .throughput: nil
    }
  }

  /// The share of requests within a bound, where the test has measured its metric: of all offered ones for the response,
  /// of the streams for the times of tokens.
  func share(of bound: LatencyBound) -> Double? {
    guard bound.metric != .response else { return shareAnswered(within: bound.limit) }
    guard let spectrum = spectrum(of: bound.metric), spectrum.count > 0 else { return nil }
    return min(1, Double(spectrum.count(within: bound.limit.seconds)) / Double(spectrum.count))
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
