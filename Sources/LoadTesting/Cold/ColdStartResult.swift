import Documents
import Quantities

/// A service's beginning apart from its steady state.
public struct ColdStartResult: Sendable, Equatable {
  /// Seconds from the start of the command until somebody took a connection; nil without a command.
  public var timeToListening: Double?
  /// Seconds from the beginning, the command's start or the first request, to the first good answer and to when the
  /// first request of the steady state was due, which is not before the first good answer; nil where that was not reached.
  public var timeToFirstAnswer: Double?
  public var timeToSteady: Double?
  /// Requests of the cold part, and those of them that were not answered well.
  public var coldRequests = 0
  public var coldFailures = 0
  /// Seconds of those that were answered well.
  public var cold = LatencySpectrum(seconds: [])
  public var steady = LatencySpectrum(seconds: [])
  public var isSteadyReached = false
  /// Seconds: the very first request, connecting included.
  public var firstRequest: Double?
  /// Seconds at P50: with a new connection for each request, and with connections that are kept; nil where not measured.
  public var newConnection: Double?
  public var keptConnection: Double?
  public var connectionCost: Double? {
    guard let newConnection, let keptConnection else { return nil }
    return newConnection - keptConnection
  }
  /// Seconds, of the steady part: requests that the service saw for the first time, and again. What caches do.
  public var firstTime = LatencySpectrum(seconds: [])
  public var again = LatencySpectrum(seconds: [])
  public var load: LoadResult

  /// - Parameters:
  ///   - load: with its outcomes.
  ///   - offset: seconds from the beginning to the test's start.
  init(_ load: LoadResult, offset: Double) {
    self.load = load
    let outcomes = load.outcomes.filter { $0.ending != .unfinished }.sorted { $0.scheduled < $1.scheduled }
    func seconds(_ outcome: RequestOutcome) -> Double { Double(outcome.latency) / 1e9 }
    // A failed request is as bad as the worst one: else a service that refuses quickly would look warm.
    let worst = outcomes.map(seconds).max() ?? 0
    let state = SteadyState(outcomes.map { $0.isGood ? seconds($0) : worst })
    isSteadyReached = state.isReached
    firstRequest = outcomes.first.flatMap { $0.isGood ? seconds($0) : nil }
    timeToFirstAnswer = outcomes.filter(\.isGood).map { Double($0.scheduled &+ $0.latency) / 1e9 }.min().map {
      $0 + offset
    }
    let count = state.isReached ? state.coldCount : outcomes.count
    let beginning = outcomes[..<count]
    let rest = outcomes[count...]
    coldRequests = count
    coldFailures = beginning.count { !$0.isGood }
    cold = LatencySpectrum(seconds: beginning.filter(\.isGood).map(seconds))
    steady = LatencySpectrum(seconds: rest.filter(\.isGood).map(seconds))
    if state.isReached {
      // Nothing is steady before anything was answered.
      timeToSteady = rest.first.map { max(Double($0.scheduled) / 1e9 + offset, timeToFirstAnswer ?? 0) }
    }
    var seen = Set(beginning.map(\.request))
    var firsts: [Double] = []
    var repeats: [Double] = []
    for outcome in rest {
      let isFirst = seen.insert(outcome.request).inserted
      guard outcome.isGood else { continue }
      if isFirst { firsts.append(seconds(outcome)) } else { repeats.append(seconds(outcome)) }
    }
    // One request alone, or a handful, is no comparison.
    if firsts.count >= 5, repeats.count >= 5 {
      firstTime = LatencySpectrum(seconds: firsts)
      again = LatencySpectrum(seconds: repeats)
    }
  }

  /// Writes the result as `headroom/load-cold/1`: spans from the beginning in seconds, latencies in milliseconds.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    json.object { json in
      json.key(LoadKey.schema)
      json.string(LoadDocument.cold.schema)
      extra(&json)
      for (key, value) in [
        ("time_to_listening_s", timeToListening), ("time_to_first_answer_s", timeToFirstAnswer),
        ("time_to_steady_s", timeToSteady), ("first_request_ms", firstRequest.map { $0 * 1e3 }),
        ("new_connection_ms", newConnection.map { $0 * 1e3 }), ("kept_connection_ms", keptConnection.map { $0 * 1e3 }),
        ("connection_cost_ms", connectionCost.map { $0 * 1e3 }),
      ] {
        json.key(key)
        json.number(value ?? .nan)
      }
      json.key("steady")
      json.bool(isSteadyReached)
      for (key, value) in [("cold_requests", coldRequests), ("cold_failures", coldFailures)] {
        json.key(key)
        json.integer(value)
      }
      cold.write("cold_ms", to: &json)
      steady.write("steady_ms", to: &json)
      if firstTime.count > 0 {
        firstTime.write("first_time_ms", to: &json)
        again.write("again_ms", to: &json)
      }
      json.key(LoadKey.load)
      load.write(to: &json)
    }
  }
}
