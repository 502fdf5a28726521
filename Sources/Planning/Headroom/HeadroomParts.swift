import Quantities

/// One thing that headroom must cover, as a share of the expected peak.
public struct HeadroomPart: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case forecastError = "forecast error"
    case growth = "growth until the next cycle"
    case capacityError = "capacity error"
    case failures = "failures to survive"
    case scalingLag = "scaling lag"
  }
  public var kind: Kind
  /// The spare share that this part alone would need: 0.27 means 27 % over the peak.
  public var alone: Double
  /// What it adds to the total once the parts that cover each other are counted once.
  public var added: Double
  public var because: String

  public init(kind: Kind, alone: Double, added: Double, because: String) {
    self.kind = kind
    self.alone = alone
    self.added = added
    self.because = because
  }
}

/// Headroom derived from what it must cover.
///
/// Demand may be higher than expected (forecast error, growth after the horizon), and a replica may carry less than is
/// taken (capacity error): these multiply, because each applies to whatever the others leave. Capacity may be lower than provisioned (a zone lost, replicas that are
/// still starting while demand climbs): of these the larger one is held, because the same spare replicas serve
/// both; both at once is a double fault, which `together` asks to survive as well.
///
/// `1 + h = (1 + error)(1 + growth)(1 + capacity) x max(1 + failures, 1 + lag)`, or the product of all with `together`.
public struct HeadroomDerivation: Hashable, Sendable {
  public var parts: [HeadroomPart]
  public var total: Double

  /// - Parameters:
  ///   - error: (quantile of the peak - expected peak) / expected peak.
  ///   - capacity: how much more replicas it takes that carry as little as they may, once the error of the forecast is
  ///     held: see `OverloadRisk`.
  ///   - growth: growth of the peak between the end of the horizon and the end of the next planning cycle.
  ///   - failures: M / (M - N) - 1 for N of M equal parts; 1 / (1 - largest share) - 1 for shares.
  ///   - lag: steepest ramp x time until a new replica serves, over the peak.
  public init(
    error: (share: Double, because: String)?, growth: (share: Double, because: String)?,
    capacity: (share: Double, because: String)? = nil,
    failures: (share: Double, because: String)?, lag: (share: Double, because: String)?, together: Bool = false
  ) {
    var parts: [HeadroomPart] = []
    var factor = 1.0
    func add(
      _ kind: HeadroomPart.Kind, _ part: (share: Double, because: String), by factorOfPart: Double, note: String = ""
    ) {
      let before = factor
      factor *= factorOfPart
      parts.append(
        HeadroomPart(kind: kind, alone: max(0, part.share), added: factor - before, because: part.because + note))
    }
    if let error { add(.forecastError, error, by: 1 + max(0, error.share)) }
    if let growth { add(.growth, growth, by: 1 + max(0, growth.share)) }
    if let capacity { add(.capacityError, capacity, by: 1 + max(0, capacity.share)) }
    let f = max(0, failures?.share ?? 0)
    let l = max(0, lag?.share ?? 0)
    if let failures {
      let covered = !together && f < l
      add(
        .failures, failures, by: covered ? 1 : 1 + f, note: covered ? "; covered by the spare held for scaling lag" : ""
      )
    }
    if let lag {
      let covered = !together && failures != nil && l <= f
      add(.scalingLag, lag, by: covered ? 1 : 1 + l, note: covered ? "; covered by the spare held for failures" : "")
    }
    self.parts = parts
    total = factor - 1
  }
}
