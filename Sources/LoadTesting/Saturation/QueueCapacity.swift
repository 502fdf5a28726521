import Glibc
import Quantities

/// What a service can do a second, as its overloaded probes showed it, and how irregular its queue is: enough to say where
/// a queue in front of it becomes too long.
struct QueueCapacity: Sendable, Equatable {
  /// Requests a second, with its standard error.
  var rate: Double
  var error: Double
  /// How far arrivals less departures scatter: requests squared a second. An M/M/1 near its capacity has twice its rate,
  /// an M/D/1 once.
  var variance: Double

  /// The unit of time in which the queue forgets how it began, at this rate, in seconds: variance over the square of what is
  /// spare, by which a reflected Brownian motion becomes the canonical one (Whitt, "Planning queueing simulations",
  /// *Management Science* 35, 1989).
  func memory(at rate: Double) -> Double {
    let spare = self.rate - rate
    return spare > 0 ? variance / (spare * spare) : .infinity
  }

  /// Up to which rate a wait keeps a bound, in heavy traffic: the wait is exponential, `P(W > t) = exp(-2 c (c - r) t / v)`
  /// (Kingman, "The single server queue in heavy traffic", 1961), so that a share p of it exceeds t at
  /// `r = c - v ln(1 / p) / (2 c t)`. Its relative error is that of the capacity, and a quarter of what is spare: the
  /// variance is measured in few slices.
  ///
  /// - Parameters:
  ///   - within: seconds that the wait may take.
  ///   - allowed: the share that may take longer.
  func limit(within: Double, allowed: Double) -> (rate: Double, error: Double)? {
    guard within > 0, allowed > 0, allowed < 0.5 else { return nil }
    let limit = rate - variance * log(1 / allowed) / (2 * rate * within)
    // Far below the capacity it is no heavy traffic.
    guard limit > rate / 2 else { return nil }
    return (limit, hypot(error, (rate - limit) / 4) / limit)
  }
}
