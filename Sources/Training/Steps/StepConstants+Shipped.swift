import CTrainingData
import Documents

extension StepConstants {
  /// The constants that come with the program.
  public static let shipped: StepConstants = ConstantsFile.shipped.constants
}

/// The catalog file of fitted constants: values, the widths of the bands, where they come from.
public struct ConstantsFile: Sendable {
  public var constants: StepConstants
  /// Half-widths of the 80 % band by kind of run: the predicted rate divided by, and times, these.
  public var bands: [RunKind: Band]
  public var source: String
  public var date: String

  /// The quantiles of measured over predicted.
  public struct Band: Hashable, Sendable {
    public var low: Double
    public var high: Double
    public init(low: Double, high: Double) {
      self.low = low
      self.high = high
    }
  }

  public init(constants: StepConstants, bands: [RunKind: Band], source: String, date: String) {
    self.constants = constants
    self.bands = bands
    self.source = source
    self.date = date
  }

  /// Reads a file of this form.
  /// - Throws: `Diagnostics` that name every constant that is missing, unknown or not above zero.
  public init(_ document: Node) throws(Diagnostics) {
    var found = Diagnostics()
    var values = StepConstants()
    let node = document["constants"]
    for field in StepConstants.fields {
      guard let value = node?[field.name]?.number, value > 0, value.isFinite else {
        found.append(
          .error(
            "the constant '\(field.name)' is missing or not above zero", at: node?.location,
            help: "write the file anew with headroom validate training --fit"))
        continue
      }
      values[keyPath: field.path] = value
    }
    var bands: [RunKind: Band] = [:]
    for kind in RunKind.allCases {
      guard let band = document["bands"]?[kind.rawValue]?.numbers, band.count == 2, band[0] > 0, band[1] >= band[0]
      else {
        continue
      }
      bands[kind] = Band(low: band[0], high: band[1])
    }
    try found.throwIfErrors()
    self.init(
      constants: values, bands: bands, source: document["source"]?.text ?? "", date: document["date"]?.text ?? "")
  }

  public static let shipped: ConstantsFile = {
    let bytes = UnsafeRawBufferPointer(
      start: headroom_training_constants_start(), count: headroom_training_constants_size)
    do {
      return try ConstantsFile(try JSON.parse(bytes, file: "constants.json"))
    } catch {
      preconditionFailure("the shipped training constants are not well-formed: \(error)")
    }
  }()

  /// The band of a kind of run; that of any other where it was not measured.
  public func band(of kind: RunKind) -> Band { bands[kind] ?? bands[.other] ?? Band(low: 0.85, high: 1.15) }
}

/// Kinds of runs that the model tells apart in how sure it is.
public enum RunKind: String, Hashable, Sendable, CaseIterable {
  /// All work in one machine, dense.
  case oneMachine
  /// Fully sharded.
  case sharded
  /// Tensor and pipeline parallel over machines, dense.
  case pipelined
  case mixture
  /// A card, or a method, that no run here was measured on.
  case other
}

extension ConstantsFile {
  /// The file's text.
  public func text() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      for (key, value) in [("schema", "headroom/training-constants/1"), ("source", source), ("date", date)] {
        json.key(key)
        json.string(value)
      }
      json.key("constants")
      json.object { json in
        for field in StepConstants.fields {
          json.key(field.name)
          json.number(Self.rounded(constants[keyPath: field.path]))
        }
      }
      json.key("bands")
      json.object { json in
        for kind in RunKind.allCases {
          guard let band = bands[kind] else { continue }
          json.key(kind.rawValue)
          json.numbers([Self.rounded(band.low), Self.rounded(band.high)])
        }
      }
    }
    return json.text + "\n"
  }

  /// Four significant digits.
  private static func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    var scale = 1.0
    while value * scale < 1000 { scale *= 10 }
    while value * scale >= 10_000 { scale /= 10 }
    return (value * scale).rounded() / scale
  }
}
