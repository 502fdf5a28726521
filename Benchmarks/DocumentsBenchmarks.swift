import Documents
import Glibc
import Quantities

/// A table as monitoring exports it: `rows` rows of a time and `columns` numbers.
private func table(rows: Int, columns: Int, time: (Int) -> String) -> [UInt8] {
  var random = RandomStream(seed: 1)
  var writer = CSVWriter()
  writer.row(["time"] + (0..<columns).map { "value\($0)" })
  for i in 0..<rows {
    writer.string(time(i))
    for _ in 0..<columns { writer.number((random.uniform(0, 1e6) * 1000).rounded() / 1000) }
    writer.endRow()
  }
  return writer.bytes
}
private let minutes = table(rows: 1_000_000, columns: 1) {
  Timestamp(secondsSinceEpoch: 1_767_225_600 + 60 * Double($0)).description
}
private let numbers = table(rows: 1_000_000, columns: 7) { String(1_767_225_600 + 60 * $0) }
private let questions: [UInt8] = (0..<2_000).reduce(into: []) { bytes, id in
  var writer = JSONWriter()
  writer.object { w in
    w.key("id")
    w.integer(id)
    w.key("values")
    w.numbers((0..<960).map { Double($0 * id % 997) / 8 })
  }
  bytes += writer.bytes + [UInt8(ascii: "\n")]
}

/// Where every number of a user enters. One core.
let documentsBenchmarks: [Benchmark] = [
  Benchmark("CSV, a text time and a number", Double(minutes.count), "B") {
    let table = try CSVTable.parse(minutes, columns: [.text("time"), .number("value0")])
    return table.numbers("value0")?.last ?? 0
  },
  Benchmark("CSV, eight columns of numbers", Double(numbers.count), "B") {
    let columns = [CSVColumn.number("time")] + (0..<7).map { .number("value\($0)") }
    let table = try CSVTable.parse(numbers, columns: columns)
    return table.numbers("value6")?.last ?? 0
  },
  Benchmark("CSV, two of eight columns", Double(numbers.count), "B") {
    let table = try CSVTable.parse(numbers, columns: [.number("time"), .number("value0")])
    return table.numbers("value0")?.last ?? 0
  },
  Benchmark("NDJSON, objects of 960 numbers", Double(questions.count), "B") {
    var reader = NDJSONReader()
    var sum = 0.0
    try questions.withUnsafeBytes { bytes in
      try reader.feed(bytes) { line, _ in sum += try JSON.parse(line)["values"]?.numbers?.last ?? 0 }
    }
    return sum
  },
]
