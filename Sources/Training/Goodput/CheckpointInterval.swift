import Glibc
import Quantities

/// How often to save, for failures that come at random.
///
/// M is the mean time between failures of the whole job, C what saving costs the run, R what a restart costs. Checked
/// against published values in the tests.
public enum CheckpointInterval {
  /// Young 1974: sqrt(2 C M).
  public static func young(save: Duration, mtbf: Duration) -> Duration {
    .seconds((2 * save.seconds * mtbf.seconds).squareRoot())
  }

  /// Daly 2006, eq. 37: sqrt(2 C M) [1 + sqrt(C / 2M) / 3 + C / 18M] - C for C < 2M, else M.
  public static func daly(save: Duration, mtbf: Duration) -> Duration {
    let c = save.seconds
    let m = mtbf.seconds
    guard c < 2 * m else { return mtbf }
    let ratio = c / (2 * m)
    return .seconds((2 * c * m).squareRoot() * (1 + ratio.squareRoot() / 3 + ratio / 9) - c)
  }

  /// What maximises availability to second order: C + sqrt(2 (M + R) C + C^2) (arXiv 2410.18124), as time between the
  /// starts of two saves less the save.
  public static func availability(save: Duration, mtbf: Duration, restart: Duration) -> Duration {
    let c = save.seconds
    return .seconds((2 * (mtbf.seconds + restart.seconds) * c + c * c).squareRoot())
  }

  /// The interval at which the useful share of exponential failures, ``useful(interval:save:mtbf:restart:)``, is largest,
  /// to 0.1 %: golden section around Young's.
  public static func exact(save: Duration, mtbf: Duration, restart: Duration) -> Duration {
    guard save > .zero else { return .zero }
    var low = young(save: save, mtbf: mtbf).seconds / 20
    var high = max(low * 2, min(young(save: save, mtbf: mtbf).seconds * 3, 20 * mtbf.seconds))
    let golden = 0.618_033_988_749_895
    func share(_ t: Double) -> Double { useful(interval: .seconds(t), save: save, mtbf: mtbf, restart: restart) }
    for _ in 0..<60 where high - low > 1e-3 * low {
      let a = high - golden * (high - low)
      let b = low + golden * (high - low)
      if share(a) > share(b) { high = b } else { low = a }
    }
    return .seconds((low + high) / 2)
  }

  /// The useful share of time with exponential failures, which may strike while saving and while restarting too:
  /// T / (M e^(R/M) (e^((T+C)/M) - 1)).
  public static func useful(interval: Duration, save: Duration, mtbf: Duration, restart: Duration) -> Double {
    let m = mtbf.seconds
    let t = interval.seconds
    guard m > 0, t > 0 else { return 0 }
    let cycle = m * exp(restart.seconds / m) * expm1((t + save.seconds) / m)
    return cycle.isFinite && cycle > 0 ? t / cycle : 0
  }
}
