import Glibc

/// One thing that is measured: a name, an amount of work, and a closure that does it once.
struct Benchmark: Sendable {
  var name: String
  /// How much one run does, in units of `unit`: 10,000,000 draws.
  var amount: Double
  /// What is counted, in the plural: `"draws"`, `"B"`.
  var unit: String
  /// Does the work once and gives something that depends on all of it, so that none of it can be left out.
  var run: @Sendable () throws -> Double

  init(_ name: String, _ amount: Double, _ unit: String, run: @escaping @Sendable () throws -> Double) {
    self.name = name
    self.amount = amount
    self.unit = unit
    self.run = run
  }
}

/// What came of one benchmark.
struct Measurement {
  var name: String
  var amount: Double
  var unit: String
  /// Seconds of processor time of each run, fastest first.
  var seconds: [Double]
  /// The sum of what the runs gave. Kept so that the optimizer must make it.
  var sum: Double

  var best: Double { seconds[0] }
  var median: Double { seconds[seconds.count / 2] }

  /// Runs once to warm up and then `repeats` times.
  ///
  /// Processor time (user and system, all threads) and not wall time is measured: it hardly moves when other
  /// programs share the machine. Work split over threads therefore shows its cost, not its speed-up.
  static func of(_ benchmark: Benchmark, repeats: Int) throws -> Measurement {
    var sum = try benchmark.run()
    var seconds: [Double] = []
    for _ in 0..<max(1, repeats) {
      let began = Process.seconds
      sum += try benchmark.run()
      seconds.append(Process.seconds - began)
    }
    return Measurement(
      name: benchmark.name, amount: benchmark.amount, unit: benchmark.unit, seconds: seconds.sorted(), sum: sum)
  }
}

/// This process as the system sees it.
enum Process {
  private static var usage: rusage {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage
  }
  /// Processor time so far: user and system, all threads.
  static var seconds: Double {
    let usage = usage
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
  /// The most memory that this process has held so far, in bytes (Linux counts in KiB).
  static var peakMemory: Double { Double(usage.ru_maxrss) * 1024 }
}
