// Stands for a script of somebody else, which relies on what is not there.
window.couponService.apply('SPRING')
