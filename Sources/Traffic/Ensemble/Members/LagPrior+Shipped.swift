import CTrafficData

extension LagPrior {
  /// The prior that comes with the program: mean lag products of the 414 series of the M4 competition's hourly
  /// training part (Makridakis, Spiliotis and Assimakopoulos, 2020), no value of which can be read out of it.
  public static let shipped: LagPrior? = LagPrior(
    bytes: UnsafeRawBufferPointer(start: headroom_lag_prior_start(), count: headroom_lag_prior_size), seriesCount: 414)
}
