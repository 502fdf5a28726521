import Quantities

/// Bounds that the user gives: a forecast neither falls below the floor nor rises above the cap.
struct ForecastLimits: Sendable {
  var floor = -Double.infinity
  var cap = Double.infinity

  init(_ request: ForecastStudy.Request) {
    if let low = request.floor?.rawValue, low.isFinite { floor = low }
    if let high = request.cap?.rawValue, high.isFinite { cap = max(high, floor) }
  }

  func bounded(_ value: Double) -> Double { min(max(value, floor), cap) }

  func bounded(_ answer: ForecastAnswer) -> ForecastAnswer {
    guard floor.isFinite || cap.isFinite else { return answer }
    var result = answer
    result.mean = answer.mean.map(bounded)
    result.quantiles = answer.quantiles.map { $0.map(bounded) }
    result.peak = answer.peak.map(bounded)
    result.peakLow = bounded(answer.peakLow)
    return result
  }

  /// Where a limit is reached, what that means.
  func findings(_ answer: ForecastAnswer) -> [String] {
    var result: [String] = []
    if cap.isFinite, (answer.peak.last ?? 0) >= cap {
      result.append("The cap of \(RequestRate(rawValue: cap)) binds: demand beyond it is cut off, not forecast away.")
    }
    if floor.isFinite, answer.mean.contains(where: { $0 <= floor }) {
      result.append("The floor of \(RequestRate(rawValue: floor)) binds at the quietest steps.")
    }
    return result
  }
}
