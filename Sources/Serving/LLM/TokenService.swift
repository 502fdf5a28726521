import Quantities

/// A service model that gives tokens, and knows the step, the memory and the cards behind them: what reports of such a
/// service ask beside its times.
public protocol TokenService: ServiceModel {
  var deployment: Deployment { get }
  var lengths: TokenLengths { get }
  /// Its steady state by closed form.
  var steady: SteadyState { get }
  var cache: CacheCapacity { get }
  /// What bounds a replica's steps.
  var limits: TokenScheduler.Limits { get }
  /// What binds a replica at a utilization: compute, bandwidth, the cache's memory.
  func bound(at utilization: Double) -> String
  /// The same service under requests of other lengths.
  /// - Throws: ``ServingError`` where they do not fit.
  func serving(_ lengths: TokenLengths) throws(ServingError) -> any TokenService
}
