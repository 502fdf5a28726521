import Quantities

extension HourlyPrice {
  /// What a million tokens cost at a steady rate of them; without end where there are none.
  public func perMillion(at rate: TokenRate) -> Money {
    Money(rawValue: rate.rawValue > 0 ? rawValue / (rate.rawValue * 3600) * 1e6 : .infinity)
  }

  /// What a million requests cost at a steady rate of them.
  public func perMillion(at rate: RequestRate) -> Money { perMillion(at: TokenRate.perSecond(rate.perSecond)) }
}
