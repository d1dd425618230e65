#pragma once

#include "core/base/bytes.h"
#include "core/model/field_table.h"
#include "core/model/record.h"

#include <string>
#include <vector>

namespace rialto {

/// A stored record as one to be stored again, with the priority and the time to live that its AMQP
/// properties ask for.
class RecordCopy {
 public:
  /// What `record` views has to outlive this. `amqp_written`: its batch was.
  RecordCopy(const RecordView& record, bool amqp_written);
  RecordCopy(const RecordCopy&) = delete;
  RecordCopy& operator=(const RecordCopy&) = delete;

  /// What headers exchanges look at.
  const FieldTable& headers() const { return table_.fields; }
  /// For a batch of the same writer. Views into this.
  RecordParts parts() const;

 protected:
  /// Puts the table back into the properties.
  void store_table();

  std::vector<HeaderView> headers_;
  OpenTable table_;

 private:
  void read_properties(Bytes raw);

  std::string properties_;
  Bytes body_;
  RecordParts parts_;
};

}  // namespace rialto
