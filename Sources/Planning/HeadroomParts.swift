import Quantities

/// One thing that headroom must cover, as a share of the expected peak.
public struct HeadroomPart: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case forecastError = "forecast error"
    case growth = "growth until the next cycle"
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
/// Demand may be higher than expected (forecast error, growth after the horizon): these multiply, because growth
/// applies to whatever the true level is. Capacity may be lower than provisioned (a zone lost, replicas that are
/// still starting while demand climbs): of these the larger one is held, because the same spare replicas serve
/// both; both at once is a double fault, which `together` asks to survive as well.
///
/// `1 + h = (1 + error)(1 + growth) x max(1 + failures, 1 + lag)`, or the product of all with `together`.
public struct HeadroomDerivation: Hashable, Sendable {
  public var parts: [HeadroomPart]
  public var total: Double

  /// - Parameters:
  ///   - error: (quantile of the peak - expected peak) / expected peak.
  ///   - growth: growth of the peak between the end of the horizon and the end of the next planning cycle.
  ///   - failures: M / (M - N) - 1 for N of M equal parts; 1 / (1 - largest share) - 1 for shares.
  ///   - lag: steepest ramp x time until a new replica serves, over the peak.
  public init(
    error: (share: Double, because: String)?, growth: (share: Double, because: String)?,
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

/// What the service must go on without: N of M equal zones, or any N of the plan's regions.
public struct FailureTolerance: Hashable, Sendable {
  public var lost: Int
  /// The number of equal parts, where the text names it; nil means the plan's regions with their shares.
  public var of: Int?
  public var what: String

  public init(lost: Int, of: Int?, what: String) {
    self.lost = lost
    self.of = of
    self.what = what
  }

  /// The factor by which capacity must exceed the peak so that it still holds after the loss.
  ///
  /// - Parameter shares: the regions' shares of capacity, summing to one; the largest are lost.
  /// - Returns: nil where nothing would be left.
  public func factor(shares: [Double]) -> Double? {
    if let of { return lost < of ? Double(of) / Double(of - lost) : nil }
    let left = 1 - shares.sorted(by: >).prefix(lost).reduce(0, +)
    return left > 1e-9 && lost < shares.count ? 1 / left : nil
  }

  /// Reads `1 region`, `1 of 3 zones`, `2 zones of 5`.
  public static func parse(_ text: String) throws(QuantityError) -> FailureTolerance {
    let words = text.lowercased().split(separator: " ").map(String.init)
    let numbers = words.compactMap { Int($0) }
    let names = words.filter { Int($0) == nil && $0 != "of" && $0 != "any" }
    guard let lost = numbers.first, lost >= 0, numbers.count <= 2, names.count == 1,
      ["zone", "zones", "region", "regions", "replica", "replicas", "rack", "racks"].contains(names[0])
    else {
      throw QuantityError(problem: "does not say what may fail", remedy: "write '1 region' or '1 of 3 zones'")
    }
    let of = numbers.count == 2 ? numbers[1] : nil
    if let of, of <= lost {
      throw QuantityError(
        problem: "leaves nothing: \(lost) of \(of) lost", remedy: "survive fewer than there are, as '1 of 3 zones'")
    }
    let noun = names[0].hasSuffix("s") ? String(names[0].dropLast()) : names[0]
    if of == nil, noun != "region" {
      throw QuantityError(
        problem: "does not say of how many", remedy: "write '\(lost) of 3 \(noun)s'")
    }
    return FailureTolerance(lost: lost, of: of, what: noun)
  }
}
