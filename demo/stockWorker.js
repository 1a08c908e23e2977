addEventListener('message', ({ data: sku }) => {
  const stock = -1
  if (stock < 0) throw new RangeError(`the stock of ${sku} is negative`)
})
