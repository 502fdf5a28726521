import Quantities

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

  /// The same over regions that a plan lists: `1 of 3 regions` is one of those, with their own shares, not a third.
  public func over(regions: Int) -> FailureTolerance {
    what == "region" && regions > 0 ? FailureTolerance(lost: lost, of: nil, what: what) : self
  }

  /// In words: `1 of 3 zones`, `1 region`.
  public var words: String {
    of.map { "\(lost) of \($0) \(what)s" } ?? "\(lost) \(what)\(lost == 1 ? "" : "s")"
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
