import Documents
import Glibc
import Traffic

/// Makes `Sources/CTrafficData/data/lag-prior.f32` anew from questions of `headroom forecast --batch`, a series a line.
enum LagPriorWriting {
  /// Reads standard input, writes the file, and ends the program.
  static func run(to path: String) -> Never {
    var series: [[Double]] = []
    while let line = readLine() {
      if let values = (try? JSON.parse(line))?["values"]?.numbers { series.append(values) }
    }
    guard let prior = LagPrior(of: series) else {
      print("\(series.count) series were read; 30 of at least 216 hours are needed.")
      exit(64)
    }
    let bytes = prior.bytes
    guard let file = fopen(path, "w"), fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else {
      print("\(path) cannot be written.")
      exit(74)
    }
    print("\(path): \(bytes.count) bytes from \(prior.seriesCount) series")
    exit(0)
  }
}
