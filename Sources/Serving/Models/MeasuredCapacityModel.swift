import Catalogs
import Documents
import Quantities

/// A replica as load tests found it: a ``FixedCapacity`` whose rate, with its interval, is read out of their results; of a
/// sweep a ``MeasuredCurve`` of the levels up to that rate, which know the times too.
public enum MeasuredCapacityModel {
  public static let descriptor = ServiceModelDescriptor(
    name: "measured",
    summary: "What load tests against one replica found: its capacity with the interval that they leave.",
    key: "measured",
    fields: [
      Field(
        "measured",
        "instead of capacity: a result of headroom load saturation, of headroom load sweep (whose times are known too), or results of headroom load, against one replica",
        .any(of: [.string, .list(.string)], description: "a file, or a list of files"), example: "saturation.json"),
      FixedCapacity.serviceTime,
    ],
    example: """
      service:
        measured: saturation.json
      """
  ) { node, path, reader in
    let key = "\(path).measured"
    var files: [String] = []
    if let list = node["measured"]?.elements {
      if list.isEmpty {
        reader.values.fail(
          "'measured' is an empty list", node, key, help: "name results: [ monday.json, friday.json ]")
      }
      for (i, item) in list.enumerated() {
        if let file = reader.values.string(item, "\(key)[\(i)]") { files.append(file) }
      }
    } else if let file = reader.values.string(node["measured"], key) {
      files = [file]
    }
    let time = reader.values.positiveSpan(node["service time"], "\(path).service time")
    guard !files.isEmpty, let measurement = reader.measurement else { return nil }
    let rate: Estimate<RequestRate>
    do throws(Diagnostics) {
      rate = try measurement(files)
    } catch {
      reader.values.merge(error, ofFilesAt: node["measured"], key)
      return nil
    }
    if let place = node["measured"] { reader.values.remember(place, key) }
    let balancing = reader.balancing
    // One sweep is a curve; where its times are stated otherwise, or other tests stand beside it, it is a rate.
    if time == nil, files.count == 1, let read = reader.files, let bytes = try? read(files[0]),
      let levels = MeasuredCurve.Point.levels(ofSweep: bytes, file: files[0])
    {
      return reader.make(node, key) { () throws(ServingError) in
        try ServiceEstimate(rate) { (rate) throws(ServingError) in
          try MeasuredCurve(levels.filter { $0.throughput.perSecond <= rate.perSecond * (1 + 1e-9) })
        }
      }
    }
    return reader.make(node, key) { () throws(ServingError) in
      try ServiceEstimate(rate) { (rate) throws(ServingError) in
        try FixedCapacity(rate, serviceTime: time, balancing: balancing)
      }
    }
  }
}
