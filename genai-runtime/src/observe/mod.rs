//! PLACEHOLDER until the expand branch is merged.
use crate::op::Op;
pub(crate) fn record_request(op: &mut Op, r: &(impl crate::Request + ?Sized)) {
    r.record(&mut op.recorder())
}
pub(crate) fn record_response(op: &mut Op, r: &(impl crate::Response + ?Sized)) {
    r.record(&mut op.recorder())
}
pub(crate) fn display(e: &(impl std::fmt::Display + ?Sized)) -> Option<String> {
    Some(e.to_string())
}
pub(crate) fn type_path<E: ?Sized>() -> std::borrow::Cow<'static, str> {
    std::any::type_name::<E>().into()
}
