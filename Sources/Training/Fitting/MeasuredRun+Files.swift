import Catalogs
import Documents

extension MeasuredRun {
  /// The columns of a table of measured runs.
  public static let columns = [
    "id", "suite", "model", "params", "active_params", "layers", "hidden", "ffn", "heads", "kv_heads", "gated", "vocab",
    "tied", "seq", "gpu", "gpu_mem_gib", "n_gpus", "gpus_per_node", "nic_gbs", "precision", "gbs", "mbs", "tp", "pp",
    "vp", "cp", "dp", "ep", "zero", "recompute", "seq_par", "flash", "tokens_s_gpu", "step_s", "mem_gib", "fits",
  ]

  /// Reads a table of measured runs (truth.csv) from the text columns of a CSV file, one row a run.
  ///
  /// - Returns: The runs, and why rows were left out.
  public static func runs(
    of table: CSVTable, catalog: Catalog, constants: ConstantsFile = .shipped
  ) -> (runs: [MeasuredRun], faults: [String]) {
    var runs: [MeasuredRun] = []
    var faults: [String] = []
    let present = columns.compactMap { name in table.texts(name).map { (name, $0) } }
    for row in 0..<table.rowCount {
      var values: [String: String] = [:]
      for (name, column) in present { values[name] = column[row] }
      do throws(TrainingError) {
        runs.append(try MeasuredRun(values, catalog: catalog, constants: constants))
      } catch {
        faults.append("\(values["id"] ?? "row \(row + 1)"): \(error)")
      }
    }
    return (runs, faults)
  }

  /// Reads a line of `{"id", "suite", "question": {...}, "truth": {...}}` (runs2_dev.jsonl).
  /// - Throws: ``TrainingError`` where the question cannot be read.
  public init(_ line: Node, catalog: Catalog, constants: ConstantsFile = .shipped) throws(TrainingError) {
    var values: [String: String] = [:]
    for part in ["question", "truth"] {
      for entry in line[part]?.entries ?? [] { if let text = entry.value.text { values[entry.key] = text } }
    }
    values["id"] = line["id"]?.text
    values["suite"] = line["suite"]?.text
    try self.init(values, catalog: catalog, constants: constants)
  }
}
