import Catalogs
import Quantities

/// Two bills for the same span of time, and what lies between them.
public struct CostComparison: Hashable, Sendable {
  /// The bill compared against.
  public var base: CostBreakdown
  public var other: CostBreakdown

  public init(base: CostBreakdown, other: CostBreakdown) {
    self.base = base
    self.other = other
  }
  /// How much less the other bill is; negative where it is more.
  public var saving: Money { base.total - other.total }
  /// How much more the other bill is; negative where it is less.
  public var extra: Money { other.total - base.total }
  /// The saving as a share of the base; zero where the base costs nothing.
  public var savingShare: Fraction {
    base.total > .zero ? Fraction(rawValue: saving / base.total) : .zero
  }
}
